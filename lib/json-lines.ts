/**
 * Passes on the lines of a stream that are JSON. The MCP SDK drops the others without a word; here each is
 * named. A line without end cannot fill the memory.
 */
import { Transform } from 'node:stream';

/** Twice what any tool could use. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

export function onlyJsonLines(onOther: (what: string) => void): Transform {
  let parts: Buffer[] = [];
  let length = 0;
  const add = (part: Buffer) => {
    length += part.length;
    if (length <= MAX_LINE_BYTES) parts.push(part);
    else parts = [];
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let start = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        add(chunk.subarray(start, end + 1));
        start = end + 1;
        const line = Buffer.concat(parts);
        const whole = length <= MAX_LINE_BYTES;
        if (whole && isJson(line)) this.push(line);
        else if (!isBlank(line) || !whole) onOther(`a line of ${length} bytes that is not JSON or too long`);
        parts = [];
        length = 0;
      }
      add(chunk.subarray(start));
      done();
    },
  });
}

function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 10 || byte === 13 || byte === 32 || byte === 9);
}

function isJson(line: Buffer): boolean {
  try {
    JSON.parse(line.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}
