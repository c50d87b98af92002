import { shellWord } from '../core/shell-word.ts';
import { type CommandArguments, stringOption } from './command.ts';

/** Options that say which gateway a command is for. */
const WHICH_GATEWAY = ['config', 'data', 'admin'] as const;

/** A command to paste that reaches the gateway this one was for: what was said to find it is said again. */
export function followUp(args: CommandArguments, command: string): string {
  const kept = WHICH_GATEWAY.flatMap((name) => {
    const value = stringOption(args, name);
    return value === undefined ? [] : [`--${name}`, shellWord(value)];
  });
  return ['./sallyport', command, ...kept].join(' ');
}
