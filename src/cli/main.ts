#!/usr/bin/env node
import { COMMANDS } from './commands.ts';
import { dispatch } from './dispatch.ts';
import { programVersion } from './program-version.ts';

// `sallyport keys list | head` closes the pipe early; that is the reader's choice, not a fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// The YAML library asks for a variable at every token it reads. Of the process that is a look-up under a lock, and a fifth
// of what reading a large file takes; of a copy it is nothing.
process.env = { ...process.env };

process.exitCode = await dispatch(
  process.argv.slice(2),
  { stdout: process.stdout, stderr: process.stderr, env: process.env, cwd: process.cwd() },
  COMMANDS,
  programVersion(),
);
