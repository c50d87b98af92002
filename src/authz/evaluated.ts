/**
 * Evaluates an expression. What is thrown says why it could not be, in one line and without any value of the call, since it
 * stands in events.
 */
export function evaluated(
  parsed: (context: Readonly<Record<string, unknown>>) => unknown,
  context: Readonly<Record<string, unknown>>,
  text: string,
): unknown {
  try {
    return parsed(context);
  } catch (error) {
    // Of a message the first line: the others repeat the expression.
    const [message = ''] = error instanceof Error ? error.message.split('\n') : ['it failed'];
    throw new TypeError(withoutValues(message, text));
  }
}

/** Messages of the library end in what it stumbled over: types, a name of the expression, or a value of the call. */
function withoutValues(message: string, text: string): string {
  if (message.startsWith('no such overload')) return message;
  const mark = message.search(/: |["'[{]/);
  return mark < 0 || text.includes(message.slice(mark + 2)) ? message : message.slice(0, mark).trim();
}
