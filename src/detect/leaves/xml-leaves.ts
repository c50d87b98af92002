import { emitText } from './nested-text.ts';
import { type LeafWalk, TAIL_CHARACTERS } from './walk.ts';
import { endOfDoctype, xmlText } from './xml-text.ts';

/**
 * Shows text, attributes, element names with a prefix, processing instructions and a document type of an XML text (XML 1.0), and says
 * whether it is well-formed as far as it was read. Nothing is expanded: an entity that is not predefined stays as written.
 */
export function readXml(walk: LeafWalk, text: string, tracksTail: boolean): boolean {
  return new XmlReader(walk, text, tracksTail ? text.length - TAIL_CHARACTERS : Number.POSITIVE_INFINITY).read();
}

/** An element that has begun, with its own text as far as it was read. */
interface OpenElement {
  readonly name: string;
  text: string;
  pieces: number;
}

class XmlReader {
  readonly #walk: LeafWalk;
  readonly #text: string;
  readonly #tailFrom: number;
  readonly #open: OpenElement[] = [];
  #at = 0;
  #roots = 0;

  constructor(walk: LeafWalk, text: string, tailFrom: number) {
    this.#walk = walk;
    this.#text = text;
    this.#tailFrom = tailFrom;
  }

  read(): boolean {
    const depth = this.#walk.depth;
    if (this.#text.charCodeAt(0) === 0xfeff) this.#at = 1;
    const wellFormed = this.#document();
    for (const element of this.#open.splice(0)) this.#whole(element);
    this.#walk.leaveTo(depth);
    return wellFormed;
  }

  #document(): boolean {
    const text = this.#text;
    while (this.#at < text.length) {
      if (this.#walk.stopped) return true;
      if (this.#at >= this.#tailFrom) this.#walk.inTail = true;
      const mark = text.indexOf('<', this.#at);
      const end = mark < 0 ? text.length : mark;
      if (end > this.#at && !this.#characters(text.slice(this.#at, end))) return false;
      this.#at = end;
      if (mark >= 0 && !this.#markup()) return false;
    }
    return this.#open.length === 0 && this.#roots === 1;
  }

  #characters(raw: string): boolean {
    const isBlank = raw.trim() === '';
    const text = xmlText(raw);
    if (!isBlank) emitText(this.#walk, 'xml', text.trim(), 'json-string');
    this.#piece(text, isBlank);
    // Text outside the root element.
    return isBlank || this.#open.length > 0;
  }

  #piece(text: string, isBlank: boolean): void {
    const element = this.#open.at(-1);
    if (element === undefined) return;
    element.text += text;
    if (!isBlank) element.pieces++;
  }

  /** Comments, sections of CDATA and elements within part a text for nobody but a reader of markup: what is apart is one text. */
  #whole({ text, pieces }: OpenElement): void {
    if (pieces > 1) emitText(this.#walk, 'xml', text.trim(), 'json-string');
  }

  /** One of everything that begins with `<`. */
  #markup(): boolean {
    const text = this.#text;
    const at = this.#at;
    if (text.startsWith('<!--', at)) return this.#skipTo('-->', at + 4);
    if (text.startsWith('<![CDATA[', at)) {
      const end = text.indexOf(']]>', at + 9);
      if (end < 0 || this.#open.length === 0) return false;
      const content = text.slice(at + 9, end);
      emitText(this.#walk, 'xml', content, 'json-string');
      this.#piece(content, content.trim() === '');
      this.#at = end + 3;
      return true;
    }
    if (text.startsWith('<?', at)) return this.#instruction();
    if (text.startsWith('<!', at)) return this.#doctype();
    if (text.charCodeAt(at + 1) === 0x2f) return this.#endTag();
    return this.#startTag();
  }

  #instruction(): boolean {
    const from = this.#at + 2;
    const end = this.#text.indexOf('?>', from);
    if (end < 0) return false;
    const content = this.#text.slice(from, end);
    this.#at = end + 2;
    if (!content.startsWith('xml ')) {
      this.#walk.emit('xml', false, `<?${content}?>`);
      return true;
    }
    // A declaration of another encoding than the octets are in is how UTF-7 is brought past.
    const encoding = content.indexOf('encoding');
    return encoding < 0 || content.toLowerCase().includes('utf-8', encoding);
  }

  #doctype(): boolean {
    const end = endOfDoctype(this.#text, this.#at);
    const stop = end < 0 ? this.#text.length : end;
    this.#walk.enter('!DOCTYPE');
    this.#walk.emit('xml', false, this.#text.slice(this.#at, stop));
    this.#walk.leave();
    this.#at = stop;
    return end >= 0 && this.#roots === 0;
  }

  #endTag(): boolean {
    const end = this.#text.indexOf('>', this.#at);
    if (end < 0) return false;
    const name = this.#text.slice(this.#at + 2, end).trimEnd();
    const element = this.#open.pop();
    if (element === undefined) return false;
    this.#whole(element);
    if (element.name !== name) return false;
    this.#walk.leave();
    this.#at = end + 1;
    return true;
  }

  #startTag(): boolean {
    const text = this.#text;
    const nameEnd = this.#name(this.#at + 1);
    if (nameEnd === this.#at + 1) return false;
    const name = text.slice(this.#at + 1, nameEnd);
    if (this.#open.length === 0 && ++this.#roots > 1) return false;
    const walk = this.#walk;
    walk.enter(name);
    walk.emit('xml', true, name);
    if (walk.depth > walk.limits.depthMax) walk.limit('depth');
    this.#at = nameEnd;
    const seen: string[] = [];
    for (;;) {
      const space = this.#skipSpace();
      const code = text.charCodeAt(this.#at);
      if (code === 0x3e) {
        this.#at++;
        this.#open.push({ name, text: '', pieces: 0 });
        return true;
      }
      if (code === 0x2f && text.charCodeAt(this.#at + 1) === 0x3e) {
        this.#at += 2;
        walk.leave();
        return true;
      }
      if (!space || !this.#attribute(seen)) return false;
    }
  }

  #attribute(seen: string[]): boolean {
    const text = this.#text;
    const from = this.#at;
    const nameEnd = this.#name(from);
    if (nameEnd === from) return false;
    const name = text.slice(from, nameEnd);
    if (seen.length < ATTRIBUTES_COMPARED_MAX && seen.includes(name)) return false;
    seen.push(name);
    this.#at = nameEnd;
    this.#skipSpace();
    if (text.charCodeAt(this.#at) !== 0x3d) return false;
    this.#at++;
    this.#skipSpace();
    const quote = text[this.#at];
    if (quote !== '"' && quote !== "'") return false;
    const end = text.indexOf(quote, this.#at + 1);
    if (end < 0) return false;
    const value = text.slice(this.#at + 1, end);
    this.#at = end + 1;
    this.#walk.enter(`@${name}`);
    // The name goes with the value: `xmlns:xi`, `schemaLocation` and handlers of events are known by it.
    this.#walk.emit('xml', true, name);
    emitText(this.#walk, 'xml', xmlText(value), 'json-string');
    this.#walk.leave();
    return !value.includes('<');
  }

  /** Where the name that begins at `from` ends. */
  #name(from: number): number {
    let i = from;
    while (i < this.#text.length && isNameCharacter(this.#text.charCodeAt(i))) i++;
    return i;
  }

  #skipSpace(): boolean {
    const from = this.#at;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return this.#at > from;
      this.#at++;
    }
  }

  #skipTo(mark: string, from: number): boolean {
    const end = this.#text.indexOf(mark, from);
    if (end < 0) return false;
    this.#at = end + mark.length;
    return true;
  }
}

const ATTRIBUTES_COMPARED_MAX = 64;

/** Everything but what ends a name; which characters begin one is no question of safety here. */
function isNameCharacter(code: number): boolean {
  return (
    code > 0x20 && code !== 0x3c && code !== 0x3e && code !== 0x2f && code !== 0x3d && code !== 0x22 && code !== 0x27
  );
}
