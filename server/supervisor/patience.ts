/** How patient the server is with trainers; milliseconds. */
export interface Patience {
  /** From a request to stop until the trainer is killed: a checkpoint of a large network takes its time. */
  stop: number;
  /** From a trainer's last words until it is killed. */
  end: number;
  /** From a death to the next start, times the number of deaths. */
  restart: number;
  /** From the closing of a server's channel until a trainer that it left is killed. */
  orphan: number;
}

export const usualPatience: Patience = { stop: 120_000, end: 10_000, restart: 500, orphan: 5_000 };
