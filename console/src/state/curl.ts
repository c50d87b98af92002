/** A call with curl, as a line to paste. Paths of routes and of recorded calls may hold what a shell reads: `/a$(id)`. */
export function curlLine(
  url: string,
  { method = 'GET', fields = [] }: { readonly method?: string; readonly fields?: readonly string[] } = {},
): string {
  const more = fields.map((field) => ` -H ${quoted(field)}`).join('');
  const target = /^[\w./:@%+,-]+$/.test(url) ? url : quoted(url);
  return `curl -i${method === 'GET' ? '' : ` -X ${method}`}${more} ${target}`;
}

/** One word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
