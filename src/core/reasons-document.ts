import { publicCode, REASONS, type ReasonCode, reasonOf } from './reasons.ts';

/** The text of docs/reasons.md. */
export function reasonsDocument(): string {
  const lines = [
    '# Reasons',
    '',
    'Every refusal has one of these reasons. The caller gets a problem document (RFC 9457) with the status, the title and the',
    'public code; the operator finds the reason itself in the recorded call (`./sallyport explain <request-id>`). Where both',
    'differ, telling the caller the real one would help an attacker.',
    '',
    'This page is made from `src/core/reasons.ts` by `npm run docs`.',
  ];
  let family = '';
  for (const code of Object.keys(REASONS) as ReasonCode[]) {
    const own = code.slice(0, code.indexOf('.'));
    if (own !== family) {
      family = own;
      lines.push(
        '',
        `## ${family}`,
        '',
        '| reason | status | what the caller sees | what it means |',
        '|---|---|---|---|',
      );
    }
    const { status, title, explanation } = reasonOf(code);
    const shown = publicCode(code) === code ? title : `${title} (\`${publicCode(code)}\`)`;
    lines.push(`| <a id="${code.replace('.', '-')}"></a>\`${code}\` | ${status} | ${shown} | ${explanation} |`);
  }
  return `${lines.join('\n')}\n`;
}
