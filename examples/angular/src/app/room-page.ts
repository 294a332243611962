import { Component, inject, input, signal } from '@angular/core';
import { runnerResource } from 'rx-runner/angular';
import { Rooms } from './rooms';
import { State } from './state';

@Component({
  selector: 'app-room-page',
  imports: [State],
  template: `
    <section>
      <h2>Room {{ room() }} <app-state id="room-status" [state]="messages.status()" /></h2>
      <ul id="said">
        @for (said of messages.value(); track $index) {
          <li>{{ said }}</li>
        } @empty {
          <li class="nothing">Nobody has said anything yet.</li>
        }
      </ul>
      @if (messages.error(); as error) {
        <p class="error">{{ error }}</p>
      }
      <form (submit)="write($event, text)">
        <input #text id="text" aria-label="Text" autocomplete="off" placeholder="Sent when you leave the room" />
        <button type="submit" id="write">Write</button>
      </form>
      <ul id="unsent">
        @for (text of unsent(); track $index) {
          <li>{{ text }} <small>not sent yet</small></li>
        }
      </ul>
    </section>
  `,
})
export class RoomPage {
  readonly room = input.required<string>();
  readonly unsent = signal<readonly string[]>([]);
  readonly #rooms = inject(Rooms);

  /** One room after the other: the next one is entered when what was written in this one has arrived. */
  readonly messages = runnerResource({
    params: () => this.room(),
    run: (room) => this.#rooms.join(room, () => this.#take()),
    defaultValue: [],
  });

  write(event: Event, input: HTMLInputElement): void {
    event.preventDefault();
    this.unsent.update((texts) => [...texts, input.value]);
    input.value = '';
  }

  #take(): readonly string[] {
    const texts = this.unsent();
    this.unsent.set([]);
    return texts;
  }
}
