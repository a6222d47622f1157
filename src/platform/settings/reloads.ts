import { Injectable } from '@nestjs/common';

/** Tells those who keep what they made of the configuration files that these were read anew. */
@Injectable()
export class Reloads {
  private readonly listeners: (() => void)[] = [];

  whenReloaded(listener: () => void): void {
    this.listeners.push(listener);
  }

  tell(): void {
    for (const listener of this.listeners) listener();
  }
}
