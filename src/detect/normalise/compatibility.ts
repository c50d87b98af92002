/**
 * Folds characters that databases, templates and browsers read as ASCII: full width, circled and superscript forms, look-alike quotes and slashes.
 * In place; zero-width characters go. Answers the new length. Typographic quotes of prose (U+2018 to U+201D) stay: no interpreter reads them as quotes.
 * `changed` as in Variant: what stands after something that went is changed.
 */
export function foldCompatibility(units: Uint16Array, changed: Uint8Array, length: number): number {
  let out = 0;
  let after = 0;
  for (let i = 0; i < length; i++) {
    const unit = units[i] ?? 0;
    const folded = FOLDED[unit] ?? unit;
    const is = folded === unit ? (changed[i] ?? 0) : 1;
    if (folded === 0 && unit !== 0) {
      after = 1;
      continue;
    }
    changed[out] = is | after;
    after = 0;
    units[out++] = folded;
  }
  return out;
}

/** Whether folding changes anything. */
export function hasCompatibilityForms(units: Uint16Array, length: number): boolean {
  for (let i = 0; i < length; i++) {
    const unit = units[i] ?? 0;
    if (unit > 0x9f && FOLDED[unit] !== unit) return true;
  }
  return false;
}

function folding(unit: number): number {
  if (unit < 0x2b0) {
    if (unit === 0xa0) return 0x20;
    if (unit === 0xad) return 0;
    if (unit === 0xbc) return 0xbc;
    return unit;
  }
  if (unit >= 0xff01 && unit <= 0xff5e) return unit - 0xfee0;
  if (unit >= 0x24b6 && unit <= 0x24cf) return unit - 0x24b6 + 0x41;
  if (unit >= 0x24d0 && unit <= 0x24e9) return unit - 0x24d0 + 0x61;
  if (unit >= 0x2460 && unit <= 0x2468) return unit - 0x2460 + 0x31;
  if (unit >= 0x2080 && unit <= 0x2089) return unit - 0x2080 + 0x30;
  if (unit >= 0x2000 && unit <= 0x200a) return 0x20;
  if ((unit >= 0x200b && unit <= 0x200f) || unit === 0xfeff || (unit >= 0x2060 && unit <= 0x2064)) return 0;
  switch (unit) {
    case 0x2bc:
    case 0x2b9:
    case 0x2c8:
    case 0x2032:
      return 0x27;
    case 0x2ba:
    case 0x2033:
      return 0x22;
    case 0x2028:
    case 0x2029:
      return 0x0a;
    case 0x202f:
    case 0x205f:
    case 0x3000:
      return 0x20;
    case 0x2044:
    case 0x2215:
    case 0x29f8:
    case 0x2571:
      return 0x2f;
    case 0x2216:
    case 0x29f5:
    case 0xfe68:
      return 0x5c;
    case 0x2024:
    case 0x3002:
    case 0xff61:
      return 0x2e;
    case 0x2025:
      return 0x2e;
    case 0x2039:
    case 0xfe64:
    case 0x3008:
      return 0x3c;
    case 0x203a:
    case 0xfe65:
    case 0x3009:
      return 0x3e;
    case 0xfe59:
      return 0x28;
    case 0xfe5a:
      return 0x29;
    case 0xfe54:
      return 0x3b;
    case 0xfe55:
      return 0x3a;
    case 0x560a:
      return 0x0a;
    case 0x560d:
      return 0x0d;
    case 0x212a:
      return 0x4b;
    case 0x17f:
      return 0x73;
    default:
      return unit;
  }
}

const FOLDED = Uint16Array.from({ length: 0x10000 }, (_, unit) => (unit < 0x80 ? unit : folding(unit)));
