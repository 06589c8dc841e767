/** Protocol buffer messages without generated classes: a message is a list of encoded fields. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export type Field = (writer: BinaryWriter) => void;

/** An int32, int64, bool or enum field. */
export const integer =
  (field: number, value: number | boolean): Field =>
  (writer) =>
    writer.tag(field, WireType.Varint).int64(BigInt(value));

export const float =
  (field: number, value: number): Field =>
  (writer) =>
    writer.tag(field, WireType.Bit32).float(value);

export const double =
  (field: number, value: number): Field =>
  (writer) =>
    writer.tag(field, WireType.Bit64).double(value);

export const text =
  (field: number, value: string): Field =>
  (writer) =>
    writer.tag(field, WireType.LengthDelimited).string(value);

export const bytes =
  (field: number, value: Uint8Array): Field =>
  (writer) =>
    writer.tag(field, WireType.LengthDelimited).bytes(value);

/** A repeated integer field, packed. */
export const integers =
  (field: number, values: readonly number[]): Field =>
  (writer) => {
    writer.tag(field, WireType.LengthDelimited).fork();
    for (const value of values) writer.int64(BigInt(value));
    writer.join();
  };

/** A message inside a message. */
export const nested =
  (field: number, fields: readonly Field[]): Field =>
  (writer) => {
    writer.tag(field, WireType.LengthDelimited).fork();
    for (const write of fields) write(writer);
    writer.join();
  };

/** The bytes of a message. */
export function message(fields: readonly Field[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const write of fields) write(writer);
  return writer.finish();
}
