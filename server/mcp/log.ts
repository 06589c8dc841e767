/** For anyone who reads the agent's log: standard output is the protocol's. */
export const log = (text: string): void => void process.stderr.write(`${text}\n`);
