export const LOWER = 1;
export const UPPER = 2;
export const DIGIT = 4;
/** `-` */
export const DASH = 8;
/** `_` and `.`: names, versions, addresses, `__proto__`. */
export const JOINT = 16;
export const SPACE = 32;
/** `/ : , + @ ?`: URLs, dates, addresses. */
export const ADDRESS = 64;
/** `' " backtick` */
export const QUOTE = 128;
/** `< >` */
export const ANGLE = 256;
/** `( ) [ ]` */
export const BRACKET = 512;
/** `; | &` and line ends: what separates statements. */
export const SEPARATOR = 1024;
/** `$ { }` */
export const HOLE = 2048;
export const BACKSLASH = 4096;
export const PERCENT = 8192;
/** `= * # ! ~ ^` */
export const OPERATOR = 16384;
export const CONTROL = 32768;
export const HIGH = 65536;
/** Which of the quotes, beside QUOTE. */
export const SINGLE_QUOTE = 1 << 17;
export const DOUBLE_QUOTE = 1 << 18;
export const BACKTICK = 1 << 19;
/** Which of the line ends, beside SEPARATOR. */
export const LINE_FEED = 1 << 20;
export const CARRIAGE_RETURN = 1 << 21;

/** Class bit of every character. A table of all costs less than a comparison for each one looked up. */
export const CLASS_OF = build();

function build(): Int32Array {
  const table = new Int32Array(0x10000).fill(HIGH);
  for (let code = 0; code < 0x80; code++) {
    const char = String.fromCharCode(code);
    table[code] = /[a-z]/.test(char) ? LOWER : /[A-Z]/.test(char) ? UPPER : /[0-9]/.test(char) ? DIGIT : CONTROL;
  }
  const groups: readonly (readonly [string, number])[] = [
    ['-', DASH],
    ['_.', JOINT],
    [' ', SPACE],
    ['/:,+@?', ADDRESS],
    ["'", QUOTE | SINGLE_QUOTE],
    ['"', QUOTE | DOUBLE_QUOTE],
    ['`', QUOTE | BACKTICK],
    ['<>', ANGLE],
    ['()[]', BRACKET],
    [';|&', SEPARATOR],
    ['\n', SEPARATOR | LINE_FEED],
    ['\r', SEPARATOR | CARRIAGE_RETURN],
    ['${}', HOLE],
    ['\\', BACKSLASH],
    ['%', PERCENT],
    ['=*#!~^', OPERATOR],
  ];
  for (const [chars, bit] of groups) for (const char of chars) table[char.charCodeAt(0)] = bit;
  return table;
}
