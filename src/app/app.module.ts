import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import type { Config } from '../../config/env.js';
import { AuthModule } from '../auth/auth.module.js';
import { BearerGuard } from '../auth/bearer.guard.js';
import { DataMigrationsModule } from '../legacy/data-migrations.module.js';
import { LegacyModule } from '../legacy/legacy.module.js';
import { VisitorGuard } from '../legacy/occupancy-service/routes/visitor.guard.js';
import { EmployeesModule } from '../employees/employees.module.js';
import { AccessGuard } from '../access/access.guard.js';
import { AccessModule } from '../access/access.module.js';
import { ProblemFilter } from '../platform/errors/problem.filter.js';
import { ValidationPipe } from '../platform/validation/validation.pipe.js';
import { HealthModule } from '../operations/health/health.module.js';
import { MaintenanceModule } from '../operations/maintenance/maintenance.module.js';
import { PlatformModule } from '../platform/platform.module.js';
import { DeviceGuard } from '../spaces/devices/device.guard.js';
import { SpacesModule } from '../spaces/spaces.module.js';
import { TicketsModule } from '../tickets/tickets.module.js';
import { UsersModule } from '../users/users.module.js';

@Module({})
export class AppModule {
  static register(config: Config, dataSource: DataSource): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.register(config, dataSource),
        AccessModule,
        HealthModule,
        MaintenanceModule,
        AuthModule,
        UsersModule,
        EmployeesModule,
        SpacesModule,
        TicketsModule,
        DataMigrationsModule,
        ...(config.compat ? [LegacyModule] : []),
      ],
      providers: [
        // In this order: who is it, a device, a visitor or a user, then may they.
        { provide: APP_GUARD, useClass: DeviceGuard },
        ...(config.compat && config.publicSpaces ? [{ provide: APP_GUARD, useClass: VisitorGuard }] : []),
        { provide: APP_GUARD, useClass: BearerGuard },
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_PIPE, useClass: ValidationPipe },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}
