import { parentPort } from 'node:worker_threads';
import { startOrdersApi } from './server.ts';

/** Entry of a worker thread: runs the API on a free port and tells its parent where. */
if (parentPort === null) throw new TypeError('serve-in-thread.ts runs on a worker thread; server.ts runs by itself');
const api = await startOrdersApi({ port: 0 });
parentPort.postMessage({ url: api.url });
