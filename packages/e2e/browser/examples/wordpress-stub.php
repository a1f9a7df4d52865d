<?php
// As much of WordPress as the plugin calls, for `php wordpress-stub.php <plugin> <chat url> <site name>`: prints the head.

[ , $plugin, $chat_url, $site_name ] = $argv;
define( 'ABSPATH', __DIR__ );
define( 'MAILOO_CHAT_URL', $chat_url );

function add_action( $hook, $callback ) {
	$GLOBALS['actions'][ $hook ][] = $callback;
}

function esc_attr( $text ) {
	return htmlspecialchars( $text, ENT_QUOTES );
}

function esc_url( $url ) {
	return htmlspecialchars( $url, ENT_QUOTES );
}

function get_bloginfo( $show ) {
	return 'name' === $show ? $GLOBALS['site_name'] : '';
}

require $plugin;
foreach ( $actions['wp_head'] as $callback ) {
	$callback();
}
