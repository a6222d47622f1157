import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../../access/access.decorators.js';
import { Returns } from '../../platform/openapi/returns.decorator.js';
import { type Maintenance, maintenanceSchema } from '../../platform/maintenance/maintenance.schemas.js';
import { MaintenanceWatch } from '../../platform/maintenance/maintenance.watch.js';

@ApiTags('maintenance')
@Controller('maintenance')
export class MaintenanceController {
  constructor(private readonly watch: MaintenanceWatch) {}

  @Get()
  @Public()
  @Header('cache-control', 'public, max-age=1')
  @ApiOperation({ summary: 'Whether the service is closed for maintenance, or will be' })
  @Returns(
    200,
    maintenanceSchema,
    'What is announced or in force; X-Maintenance on every answer says it too.',
  )
  read(): Maintenance {
    return this.watch.current;
  }
}
