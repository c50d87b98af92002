import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

export interface SampleApi {
  readonly url: string;
  readonly configFile: string;
  close(): Promise<void>;
}

/** Runs the bundled sample API on a thread of its own and a free port; undefined where the package was installed without it. */
export async function startSampleApi(): Promise<SampleApi | undefined> {
  const folder = new URL('../../../examples/orders/', import.meta.url);
  const program = new URL('./serve-in-thread.ts', folder);
  const configFile = fileURLToPath(new URL('./sallyport.yaml', folder));
  if (!existsSync(program) || !existsSync(configFile)) return undefined;
  const worker = new Worker(program, { name: 'sample-api' });
  const url = await new Promise<string>((resolve, reject) => {
    worker.once('message', (message: { url: string }) => resolve(message.url));
    worker.once('error', reject);
  });
  worker.unref();
  return {
    url,
    configFile,
    close: async () => {
      await worker.terminate();
    },
  };
}
