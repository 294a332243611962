import { type RequestListener } from 'node:http';
import { type ProgramState } from './ProgramState.js';

/** Answers each request with the state of the program; `/?delay=2000` does it two seconds later. */
export function answer(state: ProgramState): RequestListener {
  return ({ url = '/' }, response) => {
    state.count('requests');
    const { searchParams } = new URL(url, 'http://localhost');
    const delayed = setTimeout(
      () => {
        response.setHeader('Content-Type', 'application/json');
        response.end(`${JSON.stringify(state, undefined, 2)}\n`);
      },
      Number(searchParams.get('delay')),
    );
    response.once('close', () => clearTimeout(delayed));
  };
}
