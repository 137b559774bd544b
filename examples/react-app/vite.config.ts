import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react()],
  // Signet knows the app by its origin, so another port must not be taken in silence.
  server: { port: 5173, strictPort: true },
})
