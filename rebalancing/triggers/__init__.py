"""What makes a household worth a look: measures, triggers, due dates, holds."""
