import { modeCommand } from '../mode-command.ts';

export const command = modeCommand('enforce');
