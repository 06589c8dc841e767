/** Writes to the agent's log: standard output is reserved for the protocol. */
export const log = (text: string): void => void process.stderr.write(`${text}\n`);
