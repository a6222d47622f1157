import { Injectable } from '@nestjs/common';

/** Whether this process stops: told once by the signal, asked by whatever holds connections open. */
@Injectable()
export class Shutdown {
  private begun = false;
  private readonly listeners: (() => void)[] = [];

  get hasBegun(): boolean {
    return this.begun;
  }

  begin(): void {
    this.begun = true;
    for (const listener of this.listeners) listener();
  }

  /** Calls back when the stop begins: for answers that would never end by themselves. */
  whenBegun(listener: () => void): void {
    this.listeners.push(listener);
  }
}
