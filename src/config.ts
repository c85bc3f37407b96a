/** The configuration of a process. */
export interface Config {
  readonly [name: string]: unknown;
}
