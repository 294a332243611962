import '@angular/compiler';
import './setUp.js';
