import { Injectable } from '@nestjs/common';
import type { Employee } from '../../../employees/employee.entity.js';
import type { Actor } from '../../../access/actor.js';
import { type OlderEmployee, olderEmployeeOf } from './employee.shape.js';
import { TicketServerRepository } from './ticket-server.repository.js';
import { olderTicketOf } from './ticket.shape.js';

/** Employees with all of their tickets, which only those who may see tickets get. */
@Injectable()
export class EmployeesWithTickets {
  constructor(private readonly repository: TicketServerRepository) {}

  async show(actor: Actor, employees: Employee[]): Promise<OlderEmployee[]> {
    const ids = actor.permissions.has('ticket:read') ? employees.map(({ id }) => id) : [];
    const tickets = ids.length === 0 ? [] : await this.repository.ticketsOfEmployees(ids);
    const byEmployee = Map.groupBy(tickets.map(olderTicketOf), ({ employee_id }) => employee_id);
    return employees.map((employee) => olderEmployeeOf(employee, byEmployee.get(employee.id) ?? []));
  }

  async showOne(actor: Actor, employee: Employee): Promise<OlderEmployee> {
    const [shown] = await this.show(actor, [employee]);
    return shown as OlderEmployee;
  }
}
