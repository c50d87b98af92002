import { type AnswerRewriter, AnswerUnreadable } from '../../core/answer-check.ts';
import type { ResponseVerb } from '../../core/field-rules.ts';
import type { Signal } from '../../core/verdict.ts';
import { ByteOutput } from './byte-output.ts';
import { pointerOf } from './json-pointer.ts';
import { DEPTH_MAX, JsonTokenizer } from './json-tokenizer.ts';
import type { PathAutomaton, PathState } from './path-automaton.ts';

/** A name that is longer cannot be compared in bounded memory. */
const KEY_BYTES_MAX = 4_096;
const MASKED_TEXT = Buffer.from('"***"');
const NULL = Buffer.from('null');
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;

type Hiding = Exclude<ResponseVerb, 'allow'>;

/** How often something was hidden, and where first. */
export interface HiddenFields {
  readonly verb: Hiding;
  readonly count: number;
  /** Pointer (RFC 6901) to the first. */
  readonly first: string;
}

/**
 * Masks and drops fields of a body of JSON as it passes. What is masked becomes `"***"` where it was text, and `null` where it was
 * anything else; white space between tokens is left out. Memory is that of the depth and of one name.
 */
export class JsonRewriter extends JsonTokenizer implements AnswerRewriter {
  readonly #automaton: PathAutomaton;
  readonly #states: PathState[] = [];
  /** By depth: whether nothing can be hidden there any more. */
  readonly #isInert = new Uint8Array(DEPTH_MAX + 1);
  readonly #isObject = new Uint8Array(DEPTH_MAX + 1);
  /** By depth: members or elements that were passed on, and those that came. */
  readonly #passed: number[] = [];
  readonly #came: number[] = [];
  readonly #keys: string[] = [];
  readonly #key = new ByteOutput(64);
  /** Depth of the value that is being left out, or −1. */
  #leftOutAt = -1;
  #isInKey = false;
  #value: PathState;
  #hidden = new Map<Hiding, { count: number; first: string }>();
  protected out = new ByteOutput(0);

  constructor(automaton: PathAutomaton, isSequence: boolean) {
    super(isSequence);
    this.#automaton = automaton;
    this.#value = automaton.start;
  }

  /** What was masked and dropped so far, and what stands there that denies the whole. */
  get hidden(): readonly HiddenFields[] {
    return [...this.#hidden].map(([verb, { count, first }]) => ({ verb, count, first }));
  }

  get signals(): readonly Signal[] {
    return this.hidden.map(({ verb, count, first }) => ({
      name: `${SIGNALS[verb]}:${count}@${first}`,
    }));
  }

  write(piece: Uint8Array): Uint8Array {
    if (this.out.length === 0) this.out = new ByteOutput(piece.length + 64);
    this.read(piece);
    return this.out.take(this.flushable(), 0);
  }

  end(): Uint8Array {
    this.finish();
    return this.out.take(this.out.length, 0);
  }

  /** Bytes of the output that are final. */
  protected flushable(): number {
    return this.out.length;
  }

  /** Before a value that is hidden. */
  protected hiding(verb: Hiding): void {
    const known = this.#hidden.get(verb);
    if (known !== undefined) known.count++;
    else this.#hidden.set(verb, { count: 1, first: this.pointer() });
  }

  /** Before a value that is passed on, behind its comma and name. */
  protected passing(_state: PathState): void {}

  /** After a value that was passed on. */
  protected hasPassed(): void {}

  protected override beginKey(): void {
    this.#isInKey = true;
    if (this.#leftOutAt >= 0) return;
    if (this.#isInert[this.depth] === 1) this.#separate();
    else this.#key.truncate(0);
  }

  protected override text(piece: Uint8Array, from: number, to: number): void {
    if (this.#leftOutAt >= 0) return;
    if (this.#isInKey && this.#isInert[this.depth] === 0) {
      if (this.#key.length + to - from > KEY_BYTES_MAX) throw this.unreadable('it has a name that is too long');
      this.#key.copy(piece, from, to);
    } else this.out.copy(piece, from, to);
  }

  protected override endKey(): void {
    this.#isInKey = false;
    const { depth } = this;
    if (this.#leftOutAt >= 0) return;
    if (this.#isInert[depth] === 1) {
      this.out.push(COLON);
      return;
    }
    const key = this.#keyText();
    this.#keys[depth] = key;
    this.#value = this.#automaton.member(this.#states[depth] ?? this.#automaton.start, key);
  }

  protected override beginValue(first: number): void {
    const { depth } = this;
    if (this.#leftOutAt >= 0) return;
    const inObject = this.#isObject[depth] === 1;
    if (this.#isInert[depth] === 1) {
      if (!inObject) this.#separate();
      return;
    }
    if (depth === 0) this.#value = this.#automaton.start;
    else if (!inObject) {
      this.#value = this.#automaton.element(this.#states[depth] ?? this.#automaton.start);
      this.#came[depth] = (this.#came[depth] ?? 0) + 1;
    }
    const hiding = this.#hidingOf(this.#value, first);
    if (hiding !== undefined) this.hiding(hiding);
    if (hiding === 'drop' || hiding === 'deny') {
      if (depth === 0) throw new AnswerUnreadable('nothing of it may be seen');
      this.#leftOutAt = depth;
      return;
    }
    if (depth > 0) this.#separate();
    if (inObject) {
      this.#key.appendTo(this.out);
      this.out.push(COLON);
    }
    if (hiding === 'mask') {
      const mask = first === QUOTE ? MASKED_TEXT : NULL;
      this.out.copy(mask, 0, mask.length);
      this.#leftOutAt = depth;
    } else this.passing(this.#value);
  }

  protected override endScalar(): void {
    this.#endValue();
  }

  protected override open(isObject: boolean): void {
    const inner = this.depth + 1;
    const isHeld = this.#leftOutAt < 0 && this.#isInert[this.depth] === 0;
    if (inner > DEPTH_MAX) return;
    this.#isObject[inner] = isObject ? 1 : 0;
    this.#isInert[inner] = isHeld && !this.isInert(this.#value, this.#automaton.hasAllow) ? 0 : 1;
    this.#states[inner] = this.#value;
    this.#passed[inner] = 0;
    this.#came[inner] = 0;
    if (this.#leftOutAt < 0) this.out.push(isObject ? 0x7b : 0x5b);
  }

  protected override close(isObject: boolean): void {
    if (this.#leftOutAt < 0) this.out.push(isObject ? 0x7d : 0x5d);
    this.#endValue();
  }

  protected override between(byte: number): void {
    this.out.push(byte);
  }

  /** Whether nothing within a value has to be looked at. */
  protected isInert(state: PathState, hasAllow: boolean): boolean {
    return !state.hidesBelow && (!hasAllow || state.allowsAll);
  }

  /** Takes back what was passed on last, with its comma; `to` is where it began. */
  protected takeBack(to: number): void {
    this.out.truncate(to);
    this.#passed[this.depth] = (this.#passed[this.depth] ?? 1) - 1;
    if ((this.#passed[this.depth] ?? 0) > 0) this.out.truncate(to - 1);
  }

  /** Pointer to the value that is being read. */
  protected pointer(): string {
    const tokens: (string | number)[] = [];
    for (let depth = 1; depth <= this.depth; depth++)
      tokens.push(this.#isObject[depth] === 1 ? (this.#keys[depth] ?? '') : (this.#came[depth] ?? 1) - 1);
    return pointerOf(tokens);
  }

  #endValue(): void {
    if (this.#leftOutAt === this.depth) this.#leftOutAt = -1;
    else if (this.#leftOutAt < 0 && this.#isInert[this.depth] === 0) this.hasPassed();
  }

  #separate(): void {
    const passed = this.#passed[this.depth] ?? 0;
    if (passed > 0) this.out.push(COMMA);
    this.#passed[this.depth] = passed + 1;
  }

  #hidingOf(state: PathState, first: number): Hiding | undefined {
    if (state.hides !== undefined) return state.hides;
    if (!this.#automaton.hasAllow) return undefined;
    if (first === 0x7b) return state.allowsMembers ? undefined : 'drop';
    if (first === 0x5b) return state.allowsElements ? undefined : 'drop';
    return state.allows ? undefined : 'drop';
  }

  #keyText(): string {
    const plain = this.#key.plainText(1, this.#key.length - 1);
    if (plain !== undefined) return plain;
    try {
      const key: unknown = JSON.parse(UTF8.decode(this.#key.view(0, this.#key.length)));
      if (typeof key === 'string') return key;
    } catch {
      // Said below.
    }
    throw this.unreadable('a name in it is not UTF-8');
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const SIGNALS: Readonly<Record<Hiding, string>> = {
  mask: 'authz.fields_masked',
  drop: 'authz.fields_dropped',
  deny: 'authz.fields_denied',
};
