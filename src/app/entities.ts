import { EmployeeEntity } from '../employees/employee.entity.js';
import { Device } from '../spaces/devices/device.entity.js';
import { Door } from '../spaces/doors/door.entity.js';
import { Space } from '../spaces/tree/space.entity.js';
import { TicketEntity } from '../tickets/ticket.entity.js';
import { UserEntity } from '../users/user.entity.js';

/** Every table that is part of the domain; the drift test compares them with what the migrations made. */
export const entities = [UserEntity, EmployeeEntity, Space, Door, Device, TicketEntity];
