const TEXTS_MAX = 512;
/** Longer fields are rarely the same twice. */
export const CLEAN_UNITS_MAX = 400;

/**
 * Header fields that were found clean: an agent sends the same ones with each call. Two generations, each of at most 512 texts: when the
 * younger is full the older is forgotten. Holds copies, so that no text keeps the call it came from in memory.
 */
export class CleanTexts {
  #young = new Set<string>();
  #old = new Set<string>();

  has(text: string): boolean {
    return this.#young.has(text) || this.#old.has(text);
  }

  add(text: string): void {
    if (this.#young.size >= TEXTS_MAX) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(Buffer.from(text, 'utf16le').toString('utf16le'));
  }
}
