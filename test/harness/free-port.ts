import { once } from 'node:events';
import net from 'node:net';

/*
 * A port that is handed out is listened on only a second later, by a program that has to start first. Meanwhile it must not
 * go to a connection of anybody: so the ports lie below those the system gives to connections (32,768 on Linux). Nor to
 * another file of tests: so each process has a block of its own, by its number.
 */
const FIRST = 10_240;
const BLOCK = 64;
const BLOCKS = 340;

let next = 0;

/** A port of 127.0.0.1 that nobody listens on, and that this process has not handed out for a while. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < BLOCK * BLOCKS; tried++) {
    const port = FIRST + (((process.pid % BLOCKS) * BLOCK + next) % (BLOCK * BLOCKS));
    // A block that is full goes on into the next one.
    next = tried < BLOCK ? (next + 1) % BLOCK : next + 1;
    if (await canListen(port)) return port;
  }
  throw new Error('no port is free');
}

async function canListen(port: number): Promise<boolean> {
  const server = net.createServer();
  const listening = once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.listen(port, '127.0.0.1');
  if (!(await listening)) return false;
  server.close();
  await once(server, 'close');
  return true;
}
