import { inject, provideZonelessChangeDetection, type ApplicationConfig } from '@angular/core';
import { provideRouter, withComponentInputBinding } from '@angular/router';
import { pageHide, provideRunners } from 'rx-runner/angular';
import { Cache } from './cache';
import { Control } from './control';
import { Feed } from './feed';
import { Overview } from './overview';
import { Poller } from './poller';
import { RoomPage } from './room-page';
import { Timeline } from './timeline';

/** Told of every step of every runner; made here, since options are no place to inject. */
const timeline = new Timeline();

export const config: ApplicationConfig = {
  providers: [
    provideZonelessChangeDetection(),
    provideRouter(
      [
        { path: '', component: Overview },
        { path: 'room/:room', component: RoomPage },
      ],
      withComponentInputBinding(),
    ),
    { provide: Timeline, useValue: timeline },
    provideRunners(
      {
        pageHide: () => pageHide(),
        interrupt: () => inject(Control).interrupt,
        feed: () => inject(Feed).runner,
        poller: () => inject(Poller).runner,
        cache: () => inject(Cache).runner,
      },
      // what the cache has not written yet comes from the feed: it is torn down first
      { needs: { cache: ['feed'] }, grace: 5_000, lifecycle: timeline },
    ),
  ],
};
