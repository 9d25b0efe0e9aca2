// The wire format of protobuf, read only: tags, variable-length integers, runs of bytes.

/** One field of a message as it stands on the wire. */
export interface WireField {
  readonly number: number;
  /** An integer (as sent, two's complement in 64 bits) or a run of bytes. */
  readonly value: bigint | Buffer;
}

class Truncated extends Error {
  constructor() {
    super("the protobuf message ends in the middle of a field");
  }
}

/** Reads a base-128 integer at `at`; returns it with the place behind it. */
const varint = (bytes: Buffer, at: number): [bigint, number] => {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[at++];
    if (byte === undefined) throw new Truncated();
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return [BigInt.asUintN(64, value), at];
  }
  throw new Error("a protobuf integer is too long");
};

const run = (bytes: Buffer, at: number, length: number): [Buffer, number] => {
  if (length > bytes.length - at) throw new Truncated();
  return [bytes.subarray(at, at + length), at + length];
};

/** The fields of a message in the order sent. Throws on what is no protobuf. */
export function* wireFields(bytes: Buffer): Generator<WireField> {
  let at = 0;
  while (at < bytes.length) {
    let tag: bigint;
    [tag, at] = varint(bytes, at);
    const number = Number(tag >> 3n);
    const kind = Number(tag & 7n);
    let value: bigint | Buffer;
    if (kind === 0) [value, at] = varint(bytes, at);
    else if (kind === 1) [value, at] = run(bytes, at, 8);
    else if (kind === 5) [value, at] = run(bytes, at, 4);
    else if (kind === 2) {
      let length: bigint;
      [length, at] = varint(bytes, at);
      [value, at] = run(bytes, at, Number(length));
    } else throw new Error(`protobuf field ${number} has the unknown wire type ${kind}`);
    yield { number, value };
  }
}
