import { type Connection, type ServerChannel } from 'ssh2';

/** The size of a client's terminal. */
export interface Window {
  readonly columns: number;
  readonly rows: number;
}

/** What somebody who is logged in has asked for: a command, or else a shell. */
export interface Session {
  readonly who: string;
  readonly channel: ServerChannel;
  readonly command?: string;
  /** Where the client has a terminal: how large it is. Later sizes the channel tells by a `resize` event. */
  readonly window?: Window;
}

/** Calls back with each session that a client opens; there may be several on one connection. */
export function sessionsOf(client: Connection, who: () => string, open: (session: Session) => void): void {
  client.on('session', (accept) => {
    const session = accept();
    let window: Window | undefined;
    let channel: ServerChannel | undefined;

    session.on('pty', (agree, _, size) => {
      window = windowOf(size);
      reply(agree);
    });
    session.on('window-change', (agree, _, size) => {
      channel?.emit('resize', windowOf(size));
      reply(agree);
    });
    session.on('shell', (agree, refuse) => begin(agree, refuse));
    session.on('exec', (agree, refuse, { command }) => begin(agree, refuse, { command }));

    function begin(
      agree: () => ServerChannel,
      refuse: (() => void) | undefined,
      what?: Pick<Session, 'command'>,
    ): void {
      // a session has one channel, whatever else the client asks for
      if (channel) {
        reply(refuse);
        return;
      }
      channel = agree();
      open({ who: who(), channel, ...what, ...(window && { window }) });
    }
  });
}

/** Whatever the types say: where the client wants no reply, there is none to give. */
function reply(answer: (() => void) | undefined): void {
  answer?.();
}

function windowOf({ cols, rows }: { readonly cols: number; readonly rows: number }): Window {
  // a client that does not know says 0
  return { columns: cols || 80, rows: rows || 24 };
}
