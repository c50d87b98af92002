import type { LeafWalk } from './walk.ts';

/** What servers run up to the mark that ends it, in lower case. */
const MARKS = [
  ['<?php', '?>'],
  ['<?=', '?>'],
  ['<%', '%>'],
  ['<jsp:', '>'],
  ['<script', '</script>'],
  ['__halt_compiler', ''],
] as const;
/** So few octets come about by chance; behind such a mark so many have to be text. */
const CHANCE_OCTETS = 3;
const PRINTABLE_MIN = 12;
const SCRIPT_OCTETS_MAX = 4096;
/** Without its end so much is shown. */
const OPEN_SCRIPT_OCTETS = 512;
const SCRIPTS_MAX = 8;

/**
 * Shows scripts between the octets of a file that is no text: a server that is told to run a picture runs what stands between such marks and
 * sends what stands around them. Controls in them hide nothing, blanks in a row are one. `octets` are one character each.
 */
export function readEmbeddedScripts(walk: LeafWalk, octets: string): void {
  const lower = octets.toLowerCase();
  for (const [mark, end] of MARKS) {
    let shown = 0;
    let from = 0;
    for (let at = lower.indexOf(mark); at >= 0 && shown < SCRIPTS_MAX; at = lower.indexOf(mark, from)) {
      from = at + mark.length;
      if (mark.length <= CHANCE_OCTETS && !isPrintable(octets, from)) continue;
      shown++;
      const close = end === '' ? -1 : lower.slice(at, at + SCRIPT_OCTETS_MAX).indexOf(end);
      const script = octets.slice(at, at + (close < 0 ? OPEN_SCRIPT_OCTETS : close + end.length));
      walk.emit('multipart', false, withoutControls(script));
      if (close >= 0) from = at + close;
    }
  }
}

/** Whether what stands at a place, controls left out, is text of ASCII. */
function isPrintable(octets: string, from: number): boolean {
  let seen = 0;
  for (let at = from; at < octets.length && seen < PRINTABLE_MIN; at++) {
    const code = octets.charCodeAt(at);
    if (code >= 0x7f) return false;
    if (code > 0x20) seen++;
    else if (at - from > SCRIPT_OCTETS_MAX) return false;
  }
  return seen === PRINTABLE_MIN;
}

function withoutControls(script: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it is for
  return script.replaceAll(/[\0-\x08\x0e-\x1f]+/g, '').replaceAll(/[\t\n\v\f\r ]+/g, ' ');
}
