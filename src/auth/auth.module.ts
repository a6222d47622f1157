import { Global, Module } from '@nestjs/common';
import type { Config } from '../../config/env.js';
import { RequestPrincipal } from '../access/principals.js';
import { Sessions } from '../access/sessions.js';
import { Clock } from '../platform/clock.js';
import { CONFIG } from '../platform/settings/config.js';
import { Database } from '../platform/database/database.js';
import { SecretHasher } from '../access/idempotency/secret.hasher.js';
import { CredentialsModule } from '../users/credentials.module.js';
import { PasswordHasher } from '../users/password.hasher.js';
import { AccessTokenVerifier } from './access-token.verifier.js';
import { BearerRequestPrincipal } from './request.principal.js';
import { BearerStrategy } from './bearer.strategy.js';
import { ExpiredSweep } from './expired.sweep.js';
import { KeyActivation } from './keys/key.activation.js';
import { KeyWatch } from './keys/key.watch.js';
import { ProviderTokenService } from './provider/provider.token.service.js';
import { PrincipalCache } from './sessions/principal.cache.js';
import { PrincipalChanges } from './sessions/principal.changes.js';
import { SessionsRepository } from './sessions/sessions.repository.js';
import { SignIn } from './sign-in.service.js';
import { Revocation } from './token/revocation.js';
import { TokenService } from './token/token.service.js';

/** Who somebody is: sign-in, sessions and tokens. Global, for the platform asks for Sessions and a hasher and may not import this. */
@Global()
@Module({
  imports: [CredentialsModule],
  providers: [
    {
      provide: KeyWatch,
      inject: [CONFIG, Database],
      useFactory: (config: Config, database: Database) => KeyWatch.open(config, database),
    },
    {
      provide: AccessTokenVerifier,
      inject: [CONFIG, KeyWatch, Clock],
      useFactory: (config: Config, keys: KeyWatch, clock: Clock) =>
        new AccessTokenVerifier(config, keys, clock),
    },
    { provide: TokenService, useClass: ProviderTokenService },
    { provide: RequestPrincipal, useClass: BearerRequestPrincipal },
    { provide: Sessions, useExisting: SessionsRepository },
    { provide: SecretHasher, useExisting: PasswordHasher },
    PrincipalCache,
    PrincipalChanges,
    BearerStrategy,
    ExpiredSweep,
    KeyActivation,
    Revocation,
    SessionsRepository,
    SignIn,
  ],
  exports: [BearerStrategy, RequestPrincipal, SecretHasher, Sessions],
})
export class AuthModule {}
