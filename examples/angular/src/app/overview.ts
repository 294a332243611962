import { KeyValuePipe } from '@angular/common';
import { Component, inject } from '@angular/core';
import { injectRunners } from 'rx-runner/angular';
import { Cache } from './cache';
import { Control } from './control';
import { Feed } from './feed';
import { Poller } from './poller';
import { State } from './state';
import { Timeline } from './timeline';

@Component({
  selector: 'app-overview',
  imports: [KeyValuePipe, State],
  template: `
    <section>
      <h2>The application's group <app-state id="status" [state]="runners.status()" /></h2>
      <table>
        <tbody>
          @for (member of runners.members() | keyvalue: asStarted; track member.key) {
            <tr [attr.data-member]="member.key">
              <th>{{ member.key }}</th>
              <td><app-state [state]="member.value" /></td>
              <td>
                @switch (member.key) {
                  @case ('feed') {
                    {{ feed.latest()?.price }}
                  }
                  @case ('poller') {
                    connections: {{ poller.health()?.connections }}
                  }
                  @case ('cache') {
                    {{ cache.written() }} written, {{ cache.unwritten() }} not yet
                  }
                }
              </td>
            </tr>
          }
        </tbody>
      </table>
      @if (runners.error(); as error) {
        <p class="error" id="error">{{ error }}</p>
      }
      <button type="button" id="interrupt" (click)="control.press()">Interrupt</button>
      <button type="button" id="fail" (click)="control.breakThePoller()">Fail</button>
      <button type="button" id="restart" (click)="runners.restart()">Restart</button>
    </section>
    <section>
      <h2>Timeline</h2>
      <img id="picture" alt="The lives of the runners, as listed below" [src]="timeline.picture()" />
      <pre id="timeline">{{
        timeline.lines().join(
          '
'
        )
      }}</pre>
    </section>
  `,
})
export class Overview {
  readonly runners = injectRunners();
  readonly control = inject(Control);
  readonly feed = inject(Feed);
  readonly poller = inject(Poller);
  readonly cache = inject(Cache);
  readonly timeline = inject(Timeline);

  readonly asStarted = (): number => 0;
}
