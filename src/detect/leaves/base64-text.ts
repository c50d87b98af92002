/** Whether a text has only characters of base64 or base64url, with padding at its end. */
export function isBase64(text: string): boolean {
  let end = text.length;
  while (end > text.length - 3 && text.charCodeAt(end - 1) === 0x3d) end--;
  for (let i = 0; i < end; i++) if (!isBase64Character(text.charCodeAt(i))) return false;
  return true;
}

function isBase64Character(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2b ||
    code === 0x2f ||
    code === 0x2d ||
    code === 0x5f
  );
}
