/** What a step tells: `changed` what it made different, `noticed` what it found and left alone. */
export interface Report {
  changed(what: string): void;
  noticed(what: string): void;
}
