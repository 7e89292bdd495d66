/** Ends the command with one line for the person who typed it: what, where, how to mend. */
export class Stop extends Error {
  /** 1: the thing checked is not so. 2: usage or bad input. */
  readonly exitCode: 1 | 2;
  constructor(message: string, exitCode: 1 | 2 = 2) {
    super(message);
    this.name = 'Stop';
    this.exitCode = exitCode;
  }
}
