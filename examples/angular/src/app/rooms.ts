import { Injectable } from '@angular/core';
import { withResource } from 'rx-runner';
import { filter, firstValueFrom, fromEvent, map, scan, startWith, type Observable } from 'rxjs';
import { close, connect, messages } from './socket';

interface Said {
  readonly said: string;
}

/** Chat rooms; what is written is sent when the room is left, at the latest. */
@Injectable({ providedIn: 'root' })
export class Rooms {
  /** The room: what was said in it. `unsent` is asked for what has to arrive before the connection is closed. */
  join(room: string, unsent: () => readonly string[]): Observable<readonly string[]> {
    return withResource({
      name: room,
      acquire: ({ signal }) => connect(`/rooms/${room}`, signal),
      use: (socket) =>
        messages<Said>(socket).pipe(
          scan((all: readonly string[], { said }) => [...all, said], []),
          startWith([]),
        ),
      release: async (socket) => {
        for (const text of unsent()) await this.#say(socket, text);
        await close(socket);
      },
    });
  }

  /** Sends it, and waits until the server says that it has it. */
  async #say(socket: WebSocket, text: string): Promise<void> {
    const arrived = firstValueFrom(
      fromEvent<MessageEvent<string>>(socket, 'message').pipe(
        map(({ data }) => JSON.parse(data) as Said),
        filter(({ said }) => said === text),
      ),
    );
    socket.send(text);
    await arrived;
  }
}
