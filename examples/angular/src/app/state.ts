import { Component, input } from '@angular/core';
import type { RunnerStatus } from 'rx-runner/angular';

@Component({
  selector: 'app-state',
  template: `<span class="state" [class]="state()">{{ state() }}</span>`,
})
export class State {
  readonly state = input.required<RunnerStatus>();
}
