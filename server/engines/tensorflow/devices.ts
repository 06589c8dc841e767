/** The devices that compute the parts of a batch. */

import { integer, message, nested, text } from '../../formats/protobuf.ts';
import { NO_OPTIONS, type SessionAddon } from '../../runtime/session-addon.ts';
import { type DeviceOf, GraphWriter } from './graph.ts';

/** The processors of this machine, as TensorFlow sees them. */
export const CPU = '/device:CPU:0';

/** Parts in equal shares, in order, on devices by name; what belongs to the whole batch is on the first. */
export const shareOut =
  ({ parts, devices }: { parts: number; devices: readonly string[] }): DeviceOf =>
  (part) =>
    devices[part === undefined ? 0 : Math.floor((part * Math.min(devices.length, parts)) / parts)] ?? '';

/** ConfigProto, device_count = 1: the CPU as this many devices. By default TensorFlow makes one of all processors. */
export const logicalCpus = (count: number) => nested(1, [text(1, 'CPU'), integer(2, count)]);

/** TF_INVALID_ARGUMENT: a node names a device that does not exist. */
const INVALID_ARGUMENT = 3;

/** Whether a session of this configuration has a device; tested with a graph that names it, since TensorFlow's C API has no other way. */
export async function hasDevice(
  sessions: SessionAddon,
  device: string,
  config: Uint8Array = new Uint8Array(),
): Promise<boolean> {
  const writer = new GraphWriter({ deviceOf: () => device });
  const fetch = `${writer.constant('float32', { shape: [], values: [0] })}:0`;
  const session = sessions.open(message(writer.finish()), '', config);
  try {
    await sessions.run(session, [], [fetch], NO_OPTIONS);
    return true;
  } catch (error) {
    if ((error as { status?: number }).status === INVALID_ARGUMENT) return false;
    throw error;
  } finally {
    await sessions.close(session);
  }
}

/** Names of the GPUs that TensorFlow uses, in order. */
export async function gpus(sessions: SessionAddon): Promise<string[]> {
  const found: string[] = [];
  for (let device = '/device:GPU:0'; await hasDevice(sessions, device); device = `/device:GPU:${found.length}`)
    found.push(device);
  return found;
}
