/** Text as one word of a POSIX shell, in quotes where a shell could read anything else into it. */
export function shellWord(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
