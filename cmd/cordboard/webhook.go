package main

import (
	"fmt"
	"os"
	"strings"
)

// webhookConfig has the secret of YCM's webhook.
type webhookConfig struct {
	Secret     secret `env:"CORDBOARD_YCM_WEBHOOK_SECRET"      help:"Secret of YCM's webhook; empty means that webhooks are off."               name:"ycm-webhook-secret"`
	SecretFile string `env:"CORDBOARD_YCM_WEBHOOK_SECRET_FILE" help:"File with the secret of YCM's webhook, used instead of the secret itself." name:"ycm-webhook-secret-file"`
}

// minWebhookSecret is the minimum length of the webhook's secret. YCM's have 32 characters.
const minWebhookSecret = 16

// secret returns the secret of YCM's webhook, which it reads from its file if one is set.
func (c webhookConfig) secret() (_ secret, problems []error) {
	say := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	text := strings.TrimSpace(string(c.Secret))
	switch {
	case c.SecretFile != "" && text != "":
		say("CORDBOARD_YCM_WEBHOOK_SECRET and CORDBOARD_YCM_WEBHOOK_SECRET_FILE are both set: use one")
	case c.SecretFile != "":
		content, err := os.ReadFile(c.SecretFile)
		if text = strings.TrimSpace(string(content)); err != nil {
			say("CORDBOARD_YCM_WEBHOOK_SECRET_FILE: %w", err)
		} else if text == "" {
			say("CORDBOARD_YCM_WEBHOOK_SECRET_FILE: %s is empty", c.SecretFile)
		}
	}
	if text != "" && len(text) < minWebhookSecret {
		say("the webhook's secret must have at least %d characters: YCM's have 32", minWebhookSecret)
	}
	return secret(text), problems
}
