import { type Evidence, structureFeature } from '../evidence.ts';
import { afterBlanks, beginsAnyCase } from '../unit-kinds.ts';

const DOCTYPE = structureFeature('xml.doctype');
const DOCTYPE_SUBSET = structureFeature('xml.doctype-with-declarations');
const ENTITY = structureFeature('xml.entity');
const EXTERNAL = structureFeature('xml.external-identifier');
const PARAMETER = structureFeature('xml.parameter-entity');
const INCLUDE = structureFeature('xml.include');
const SCHEMA = structureFeature('xml.schema-location');
const STYLESHEET = structureFeature('xml.stylesheet-from-elsewhere');

const HREF_UNITS_MAX = 200;
const IDENTIFIER_UNITS_MAX = 300;
/** Definitions of languages that drawing programs and editors name at the head of what they write: parsers have them, or do without. */
const WELL_KNOWN = '-//w3c//dtd ';

/** Looks for what makes an XML parser fetch or repeat something. */
export function readDocument(units: Uint16Array, start: number, end: number, evidence: Evidence): void {
  let declared = false;
  let looked = start;
  for (let i = start; i + 3 < end; i++) {
    const unit = units[i] ?? 0;
    if (unit === 0x3c && units[i + 1] === 0x21) {
      if (beginsAnyCase(units, i + 2, end, 'doctype')) {
        evidence.add(DOCTYPE, i, i + 9);
        declared = true;
        // `<!DOCTYPE html>` is what every page begins with; the others name files or declare.
        const limit = Math.min(end, i + 300);
        for (looked = Math.max(looked, i + 9); looked < limit && units[looked] !== 0x3e; looked++) {
          if (units[looked] === 0x5b) evidence.add(DOCTYPE_SUBSET, i, looked);
        }
      } else if (beginsAnyCase(units, i + 2, end, 'entity')) {
        evidence.add(ENTITY, i, i + 8);
        declared = true;
        let at = i + 8;
        while (at < end && (units[at] ?? 0) <= 0x20) at++;
        if (units[at] === 0x25) evidence.add(PARAMETER, i, at + 1);
      }
    } else if (unit === 0x3c && beginsAnyCase(units, i, end, '<?xml-stylesheet')) {
      if (isFromElsewhere(units, i + 16, end)) evidence.add(STYLESHEET, i, i + 16);
    } else if (
      declared &&
      (unit | 0x20) === 0x73 &&
      beginsAnyCase(units, i, end, 'system') &&
      quoteFollows(units, i + 6, end)
    ) {
      evidence.add(EXTERNAL, i, i + 6);
    } else if (
      declared &&
      (unit | 0x20) === 0x70 &&
      beginsAnyCase(units, i, end, 'public') &&
      quoteFollows(units, i + 6, end)
    ) {
      if (!isWellKnown(units, i + 6, end)) evidence.add(EXTERNAL, i, i + 6);
    } else if ((unit | 0x20) === 0x78 && beginsAnyCase(units, i, end, 'xi:include')) {
      evidence.add(INCLUDE, i, i + 10);
    } else if ((unit | 0x20) === 0x73 && beginsAnyCase(units, i, end, 'schemalocation')) {
      evidence.add(SCHEMA, i, i + 14);
    }
  }
}

/** `href="scheme:`: a style sheet with a path alone comes from where the document does. */
function isFromElsewhere(units: Uint16Array, at: number, end: number): boolean {
  const most = Math.min(end, at + HREF_UNITS_MAX);
  let i = at;
  while (i < most && units[i] !== 0x3e && !beginsAnyCase(units, i, end, 'href=')) i++;
  if (i >= most || units[i] === 0x3e) return false;
  i += 6;
  while (i < most && ((units[i] ?? 0) | 0x20) >= 0x61 && ((units[i] ?? 0) | 0x20) <= 0x7a) i++;
  return i < most && units[i] === 0x3a;
}

/** `"-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/…"`: the identifier alone, or with an address of those who define it. */
function isWellKnown(units: Uint16Array, at: number, end: number): boolean {
  const most = Math.min(end, at + IDENTIFIER_UNITS_MAX);
  let i = afterBlanks(units, at, most);
  if (!beginsAnyCase(units, i + 1, end, WELL_KNOWN)) return false;
  const quote = units[i++];
  while (i < most && units[i] !== quote) i++;
  i = afterBlanks(units, i + 1, most);
  const second = units[i] ?? 0;
  if (second !== 0x22 && second !== 0x27) return i < most && second === 0x3e;
  return (
    beginsAnyCase(units, i + 1, end, 'http://www.w3.org/') || beginsAnyCase(units, i + 1, end, 'https://www.w3.org/')
  );
}

function quoteFollows(units: Uint16Array, at: number, end: number): boolean {
  const first = at;
  while (at < end && (units[at] ?? 0) <= 0x20) at++;
  return at > first && at < end && (units[at] === 0x22 || units[at] === 0x27);
}
