import { ForeseenError } from './ForeseenError.js';

/** The name of a topic or a group that a variable of the environment holds; `otherwise` where it is not set. */
export function kafkaName(environment: NodeJS.ProcessEnv, variable: string, otherwise: string): string {
  const name = environment[variable] ?? otherwise;
  // what Kafka allows; to the embedded broker, others could mean several topics at once
  if (/^[\w.-]+$/.test(name)) return name;
  throw new ForeseenError(`${variable} should be made of letters, digits, '.', '_' and '-', but is '${name}'`);
}
