import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { defer, fromEvent, map, merge, type Observable } from 'rxjs';

/**
 * Connects to the embedded broker, and emits the client. A message is acknowledged when `handle` has resolved, and the
 * next one taken then.
 */
export function mqttClient(
  port: number,
  options: IClientOptions = {},
  handle: (payload: Buffer) => Promise<void> = () => Promise.resolve(),
): Observable<MqttClient> {
  return defer(() => {
    const client = connect(`mqtt://127.0.0.1:${port}`, { ...options, reconnectPeriod: 0 });
    // set before it is connected: the messages that the broker has kept for it come at once
    client.handleMessage = ({ payload }, acknowledge) => {
      handle(payload as Buffer).then(() => acknowledge(), acknowledge); // called with an error it does not
    };
    return merge(fromEvent(client, 'connect'), lost(client)).pipe(map(() => client));
  });
}

/** Errs when the connection ends; nothing connects it again. */
export function lost(client: MqttClient): Observable<never> {
  return merge(fromEvent(client, 'error'), fromEvent(client, 'close')).pipe(
    map((cause) => {
      throw new Error('lost the connection to the embedded broker', { cause });
    }),
  );
}
