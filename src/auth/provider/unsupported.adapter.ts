import type { Adapter, AdapterPayload } from 'oidc-provider';

/** For what is never stored: access tokens carry themselves, and clients are part of the configuration. */
export class UnsupportedAdapter implements Adapter {
  constructor(private readonly model: string) {}

  upsert(_id: string, _payload: AdapterPayload, _expiresIn: number): Promise<void> {
    return Promise.reject(
      new Error(`nothing stores the provider's ${this.model}: give it a table and an adapter`),
    );
  }

  find(_id: string): Promise<AdapterPayload | undefined> {
    return Promise.resolve(undefined);
  }

  findByUserCode(_userCode: string): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  findByUid(_uid: string): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  consume(_id: string): Promise<void> {
    return Promise.reject(new Error(`nothing stores the provider's ${this.model}, so it cannot be consumed`));
  }

  destroy(_id: string): Promise<void> {
    return Promise.resolve();
  }

  revokeByGrantId(_grantId: string): Promise<void> {
    return Promise.resolve();
  }
}
