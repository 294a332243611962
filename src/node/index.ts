export { childProcess, type ChildProcessOptions, type OutputLine } from './childProcess.js';
export { ChildProcessError } from './ChildProcessError.js';
export { workerThread, type WorkerThreadOptions } from './workerThread.js';
export { WorkerThreadError } from './WorkerThreadError.js';
export { streamPipeline, type PipelineSource, type PipelineStep } from './streamPipeline.js';
