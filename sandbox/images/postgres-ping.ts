// What `pg_isready` asks: whether a server takes connections. Says hello as a client does and leaves before it would
// have to name a password. https://www.postgresql.org/docs/current/protocol-message-formats.html
import { connect } from "node:net";

/** The exit codes of pg_isready. */
export const accepting = 0;
export const rejecting = 1;
export const silent = 2;

const protocolVersion = 3 << 16;
const errorResponse = "E".charCodeAt(0);
/** "cannot_connect_now": starting up, shutting down or recovering. */
const cannotConnectNow = "57P03";
const patienceMs = 3_000;

function startupMessage(): Buffer {
  const parameters = Buffer.from("user\0pg_isready\0database\0postgres\0\0", "latin1");
  const message = Buffer.alloc(8 + parameters.length);
  message.writeInt32BE(message.length, 0);
  message.writeInt32BE(protocolVersion, 4);
  parameters.copy(message, 8);
  return message;
}

/** How a server answers a connection: `accepting`, `rejecting` or `silent`. Never rejects. */
export function serverState(host: string, port: number): Promise<number> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    const socket = connect({ host, port }, () => socket.write(startupMessage()));
    const end = (code: number): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(code);
    };
    const timer = setTimeout(() => end(silent), patienceMs);
    socket.on("error", () => end(silent));
    socket.on("data", (piece) => {
      pieces.push(piece);
      const answer = Buffer.concat(pieces);
      if (answer.length < 5) return;
      if (answer[0] !== errorResponse) end(accepting);
      else if (answer.length >= 1 + answer.readInt32BE(1)) {
        end(answer.includes(`C${cannotConnectNow}\0`) ? rejecting : accepting);
      }
    });
    socket.on("end", () => end(silent));
  });
}
