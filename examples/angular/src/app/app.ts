import { Component } from '@angular/core';
import { RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';

@Component({
  selector: 'app-root',
  imports: [RouterLink, RouterLinkActive, RouterOutlet],
  template: `
    <header>
      <h1>rx-runner in Angular</h1>
      <nav>
        <a routerLink="/" routerLinkActive="here" [routerLinkActiveOptions]="{ exact: true }">Overview</a>
        <a routerLink="/room/blue" routerLinkActive="here">Room blue</a>
        <a routerLink="/room/green" routerLinkActive="here">Room green</a>
      </nav>
    </header>
    <main><router-outlet /></main>
  `,
})
export class App {}
