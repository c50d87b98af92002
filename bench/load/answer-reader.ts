/**
 * Finds the end of one HTTP/1.1 answer after the other in what a connection receives, as cheaply as a load generator
 * must. Knows Content-Length and chunked framing; anything else is an error, not a guess.
 */
export class AnswerReader {
  private head = '';
  /** Body bytes still to come; −1 while the head is incomplete, −2 within a chunked body. */
  private bodyBytesLeft = -1;
  private tail = '';
  private statusCode = 0;

  /** Status of the answer that was completed last. */
  get status(): number {
    return this.statusCode;
  }

  /** Takes the next bytes; true where they complete the answer. Bytes after its end are an error: nothing is pipelined. */
  push(bytes: Buffer): boolean {
    let start = 0;
    if (this.bodyBytesLeft === -1) {
      const text = bytes.toString('latin1');
      const carried = this.head.length;
      this.head += text;
      const end = this.head.indexOf('\r\n\r\n');
      if (end < 0) {
        if (this.head.length > 65_536) throw new Error('an answer head above 64 KiB');
        return false;
      }
      start = end + 4 - carried;
      this.readHead(this.head.slice(0, end + 2));
      this.head = '';
    }
    if (this.bodyBytesLeft === -2) return this.pushChunked(bytes, start);
    this.bodyBytesLeft -= bytes.length - start;
    if (this.bodyBytesLeft < 0) throw new Error('bytes after the end of an answer');
    if (this.bodyBytesLeft > 0) return false;
    this.bodyBytesLeft = -1;
    return true;
  }

  private readHead(head: string): void {
    this.statusCode = Number(head.slice(9, 12));
    const lower = head.toLowerCase();
    const length = lower.indexOf('\r\ncontent-length:');
    if (length >= 0) {
      this.bodyBytesLeft = Number(lower.slice(length + 17, lower.indexOf('\r\n', length + 2)));
      if (!Number.isSafeInteger(this.bodyBytesLeft)) throw new Error('an unreadable Content-Length');
    } else if (lower.includes('\r\ntransfer-encoding: chunked\r\n')) {
      this.bodyBytesLeft = -2;
    } else if (this.statusCode === 204 || this.statusCode === 304) {
      this.bodyBytesLeft = 0;
    } else throw new Error(`an answer ${this.statusCode} without a length`);
  }

  /** Without trailers, a chunked body ends with these five bytes and holds them nowhere else in this bench's bodies. */
  private pushChunked(bytes: Buffer, start: number): boolean {
    this.tail = (this.tail + bytes.toString('latin1', Math.max(start, bytes.length - 5))).slice(-5);
    if (this.tail !== '0\r\n\r\n') return false;
    this.tail = '';
    this.bodyBytesLeft = -1;
    return true;
  }
}
