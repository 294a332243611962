// Writes the public API of each entry into etc/, or with `--check` fails where one has changed.
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { resolve } from 'node:path';

const entries = ['', 'node', 'testing', 'testing/jest', 'testing/vitest', 'timeline', 'angular'];
const check = process.argv.includes('--check');
const base = ExtractorConfig.loadFile(resolve('api-extractor.json'));

for (const entry of entries) {
  const name = ['rx-runner', ...entry.split('/')].filter(Boolean).join('.');
  const extractorConfig = ExtractorConfig.prepare({
    configObject: {
      ...base,
      mainEntryPointFilePath: resolve('dist/esm', entry, 'index.d.ts'),
      apiReport: { ...base.apiReport, reportFileName: `${name}.api.md` },
    },
    configObjectFullPath: resolve('api-extractor.json'),
    packageJsonFullPath: resolve('package.json'),
  });
  const { succeeded, apiReportChanged } = Extractor.invoke(extractorConfig, { localBuild: !check });
  console.log(`${succeeded ? 'ok     ' : 'FAILED '} ${name}${apiReportChanged ? ' (changed)' : ''}`);
  if (!succeeded) process.exitCode = 1;
}
