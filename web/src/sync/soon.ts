/**
 * Something done soon, once for all who ask meanwhile. A wait that is under way is left alone: were it begun anew, somebody who
 * asks again and again would put it off for ever.
 */
export class Soon {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly pause_ms: number,
    private readonly act: () => void,
  ) {}

  ask(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.act();
    }, this.pause_ms);
  }
}
