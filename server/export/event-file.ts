/** The event files of TensorBoard: records of `Event` messages (tensorflow/core/util/event.proto and summary.proto). */
import { bytes, double, type Field, float, integer, message, nested, text } from '../formats/protobuf.ts';
import { maskedCrc32c } from './crc32c.ts';

/** When something happened: training step, and wall-clock time in seconds since 1970. */
export interface Moment {
  readonly step: number;
  readonly wallTime: number;
}

/** DataType DT_STRING of TensorFlow's types.proto. */
const STRING = 7;

/** One record: length (uint64), its checksum, the data, theirs; little-endian. */
function record(data: Uint8Array): Uint8Array[] {
  const length = Buffer.alloc(12);
  length.writeBigUInt64LE(BigInt(data.length));
  length.writeUInt32LE(maskedCrc32c(length.subarray(0, 8)), 8);
  const end = Buffer.alloc(4);
  end.writeUInt32LE(maskedCrc32c(data));
  return [length, data, end];
}

/** Event: wall_time = 1, step = 2, file_version = 3, summary = 5. */
const event = ({ step, wallTime }: Moment, what: Field): Uint8Array[] =>
  record(message([double(1, wallTime), integer(2, step), what]));

/** The first event of a file. */
export const versionEvent = (wallTime: number): Uint8Array[] => event({ step: 0, wallTime }, text(3, 'brain.Event:2'));

/** Numbers of one moment by their tags: Summary.Value with tag = 1 and simple_value = 2, in single precision. */
export const scalarEvent = (moment: Moment, values: ReadonlyMap<string, number>): Uint8Array[] =>
  event(
    moment,
    nested(
      5,
      [...values].map(([tag, value]) => nested(1, [text(1, tag), float(2, value)])),
    ),
  );

/** A text in Markdown: Summary.Value with a string tensor = 8 (dtype = 1, shape = 2, string_val = 8) and plugin = 9. */
export const textEvent = (moment: Moment, tag: string, markdown: string): Uint8Array[] =>
  event(
    moment,
    nested(5, [
      nested(1, [
        text(1, tag),
        nested(8, [integer(1, STRING), nested(2, [nested(2, [integer(1, 1)])]), bytes(8, Buffer.from(markdown))]),
        nested(9, [nested(1, [text(1, 'text')])]),
      ]),
    ]),
  );
