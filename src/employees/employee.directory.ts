import { Injectable } from '@nestjs/common';
import type { Queryable } from '../platform/database/database.js';
import { EmployeeBulkRepository } from './employee.bulk.repository.js';

/** Finds many employees at once, for whoever refers to them by the hundred. */
@Injectable()
export class EmployeeDirectory {
  constructor(private readonly employees: EmployeeBulkRepository) {}

  /** Ids by e-mail, without regard to case; the keys are as they were asked for. */
  idsByEmail(db: Queryable, emails: string[]): Promise<Map<string, number>> {
    return this.employees.idsByEmail(db, emails);
  }

  existing(db: Queryable, ids: number[]): Promise<Set<number>> {
    return this.employees.existing(db, ids);
  }

  isEmpty(db: Queryable): Promise<boolean> {
    return this.employees.isEmpty(db);
  }
}
